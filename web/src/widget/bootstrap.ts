/** What proves that this is the visitor of a conversation. */
export interface Proof {
  external_id: string;
  external_id_hash?: string;
}

export function proofOf({ external_id, external_id_hash }: WidgetBootstrap): Proof {
  return external_id_hash ? { external_id, external_id_hash } : { external_id };
}

/** What the server knows of the visitor when it serves the widget page. */
export interface WidgetBootstrap {
  /** `null` until the visitor has written for the first time. */
  conversation_id: string | null;
  /** The newest `seq` of that conversation, 0 without one. */
  seq: number;
  embed_token: string;
  external_id: string;
  /** The signature of `external_id`, on channels that require one. */
  external_id_hash?: string | null;
  title: string;
  customer_name: string | null;
}
