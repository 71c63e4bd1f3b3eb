import type { Agent } from '../shared/wire';

/** What the server knows of the agent when it serves the inbox. */
export interface InboxBootstrap {
  organization: { id: string; name: string };
  agent: Agent;
  /** Everybody of the organization, the agent included. */
  agents: Agent[];
}
