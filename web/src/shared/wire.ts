/** What travels between the pages and the server: the platform dialect, as far as the pages speak it. */

export type SenderType = 'end_user' | 'agent' | 'bot';

export interface ImageMedia {
  url: string;
  alt?: string;
}

export interface FileMedia {
  url: string;
  filename: string;
  /** Bytes. */
  size?: number;
  mime_type?: string;
}

/** Something to click: `label` is shown, `value` is what is sent as text. */
export interface Choice {
  label: string;
  value: string;
}

export interface ButtonsMedia {
  buttons: Choice[];
}

export interface Card {
  image_url?: string;
  title: string;
  subtitle?: string;
  buttons?: Choice[];
}

export interface CarouselMedia {
  cards: Card[];
}

export interface DropdownMedia {
  placeholder?: string;
  options: Choice[];
}

/** The six content types with the payload each one carries. */
export type Body =
  | { content_type: 'text'; content: string; rich_media: null }
  | { content_type: 'image'; content: string; rich_media: ImageMedia }
  | { content_type: 'file'; content: string; rich_media: FileMedia }
  | { content_type: 'quick_button'; content: string; rich_media: ButtonsMedia }
  | { content_type: 'carousel'; content: string; rich_media: CarouselMedia }
  | { content_type: 'dropdown'; content: string; rich_media: DropdownMedia };

export type Message = Body & {
  id: string;
  conversation_id?: string;
  /** Absent from the visitor's history. */
  session_id?: string;
  sender_type: SenderType;
  sender_id: string | null;
  /** Naive UTC with microseconds, without `Z`. */
  created_at: string;
  /** Position in the conversation, gapless, given by the server. The only order there is. */
  seq: number;
  /** Only for the one who sent it. */
  client_message_id?: string | null;
  /** Reader to time of reading. Absent from the visitor's history. */
  read_by?: Record<string, string>;
};

export interface Session {
  id: string;
  status: 'open' | 'resolved';
  assigned_agent_id: string | null;
  tags: string[];
  first_message_at?: string | null;
  assigned_at?: string | null;
  resolved_at?: string | null;
}

export interface Conversation {
  id: string;
  end_user: { id: string; display_name: string | null; external_id: string };
  channel_id: string;
  organization_id?: string;
  active_session: Session | null;
  created_at: string;
  updated_at: string;
}

export interface Agent {
  id: string;
  name: string;
  email: string;
}

/** An answer to an event. `dropped` says that a rate limit refused it: the same event may succeed later. */
export type Ack<T = object> = ({ ok: true } & T) | { ok: false; error: string; dropped?: boolean };

export interface ConversationUpdated {
  conversation_id: string;
  sender_type?: SenderType;
  content_type?: Body['content_type'];
  content?: string;
  status?: string;
}

export interface ConversationAssigned {
  conversation_id: string;
  assigned_to: string | null;
}

export interface TypingIndicator {
  conversation_id: string;
  sender_type: SenderType;
}

export interface MessagesRead {
  conversation_id: string;
  reader: string;
  message_ids: string[];
}

export interface AgentStatusChanged {
  agent_id: string;
  status: 'online' | 'offline';
}

/** What the server may say unasked. */
export interface ServerEvents {
  message_received: (message: Message & { conversation_id: string }) => void;
  conversation_updated: (event: ConversationUpdated) => void;
  conversation_assigned: (event: ConversationAssigned) => void;
  typing_indicator: (event: TypingIndicator) => void;
  typing_cleared: (event: { conversation_id: string }) => void;
  messages_read: (event: MessagesRead) => void;
  agent_status_changed: (event: AgentStatusChanged) => void;
  error: (event: { message: string }) => void;
}

/** An answer that agents keep ready and call by typing `/` and its shortcut. */
export interface SavedReply {
  id: string;
  shortcut: string;
  title: string;
  body: string;
}
