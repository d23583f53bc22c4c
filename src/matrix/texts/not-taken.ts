/** Whoever carries texts could not take one: the event is not handled, and the next start tries again. */
export class NotTakenError extends Error {
  constructor(cause: unknown) {
    super(`a text could not be taken: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'NotTakenError';
  }
}

/** Tells; rejects with NotTakenError when the one who is told does. */
export async function taken(tell: () => void | Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    throw new NotTakenError(error);
  }
}
