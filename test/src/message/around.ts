/** A stand-in for a part whose methods all run inside of `run`: it decides whether the call is made, and what comes of it. */
export function around<T extends object>(part: T, run: (call: () => unknown) => unknown): T {
  return new Proxy(part, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => run(() => Reflect.apply(value, target, given));
    },
  });
}
