/** Does something again and again: a look at what tells nobody that it has changed. */

export interface Repeated {
  /** Runs `task` once after `delayMs`; the function returned prevents it. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  /** From the end of one time to the beginning of the next: none runs beside another. */
  readonly everyMs: number;
  readonly task: () => Promise<void>;
  /** It failed; of several failures in a row the first. */
  readonly onTrouble: (error: unknown) => void;
}

/** The first time is one pause from now. @returns ends it; what is under way is not waited for */
export function repeatedly({ after, everyMs, task, onTrouble }: Repeated): () => void {
  let cancel: () => void = () => undefined;
  let isOver = false;
  let isTroubled = false;
  const again = (): void => {
    if (!isOver) cancel = after(everyMs, () => void once());
  };
  const once = async (): Promise<void> => {
    try {
      await task();
      isTroubled = false;
    } catch (error) {
      if (!isTroubled) onTrouble(error);
      isTroubled = true;
    }
    again();
  };
  again();
  return () => {
    isOver = true;
    cancel();
  };
}
