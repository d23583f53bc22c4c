/** What the state of a room says that matters for calls: who is there, and whether it is encrypted. */

export interface RoomFacts {
  readonly encrypted: boolean;
  /** Joined or invited, without helpers such as bridge bots (`io.element.functional_members`, MSC4171). */
  readonly members: ReadonlySet<string>;
  /** Joined, helpers too. */
  readonly joined: ReadonlySet<string>;
  /** State keys of `m.bridge`, with which bridges describe themselves. */
  readonly bridges: ReadonlySet<string>;
  readonly name?: string;
  readonly topic?: string;
}

interface StateEvent {
  readonly type?: unknown;
  readonly state_key?: unknown;
  readonly content?: unknown;
}

/** From `GET /rooms/{roomId}/state`; whatever is malformed is left out. */
export function roomFacts(state: readonly StateEvent[]): RoomFacts {
  const members = new Set<string>();
  const joined = new Set<string>();
  const bridges = new Set<string>();
  const helpers = new Set<string>();
  let encrypted = false;
  let name: string | undefined;
  let topic: string | undefined;
  for (const { type, state_key: key, content } of state) {
    if (typeof key !== 'string' || typeof content !== 'object' || content === null) continue;
    const fields = content as Record<string, unknown>;
    switch (type) {
      case 'm.room.member':
        if (fields.membership === 'join' || fields.membership === 'invite') members.add(key);
        if (fields.membership === 'join') joined.add(key);
        break;
      case 'm.room.encryption':
        // Encryption cannot be turned off: even an empty content means that it is on (specification, "m.room.encryption").
        encrypted = true;
        break;
      case 'm.room.name':
        if (typeof fields.name === 'string') name = fields.name;
        break;
      case 'm.room.topic':
        if (typeof fields.topic === 'string') topic = fields.topic;
        break;
      case 'm.bridge':
        bridges.add(key);
        break;
      case 'io.element.functional_members':
        if (Array.isArray(fields.service_members)) for (const id of fields.service_members) helpers.add(String(id));
        break;
      default:
    }
  }
  return {
    encrypted,
    members: new Set([...members].filter((id) => !helpers.has(id))),
    joined,
    bridges,
    ...(name === undefined ? {} : { name }),
    ...(topic === undefined ? {} : { topic }),
  };
}

/** How many people besides the ghost are there. A call is for a room of two. */
export function others(facts: RoomFacts, ghost: string): number {
  return facts.members.size - (facts.members.has(ghost) ? 1 : 0);
}
