/** What the server knows of the visitor when it serves the widget page. */
export interface WidgetBootstrap {
  /** `null` until the visitor has written for the first time. */
  conversation_id: string | null;
  /** The newest `seq` of that conversation, 0 without one. */
  seq: number;
  embed_token: string;
  external_id: string;
  title: string;
  customer_name: string | null;
}
