import { useEffect, useState } from 'preact/hooks';

type Listener<T> = (value: T) => void;

/** One observable value. Sessions own them and change them; views only watch. */
export class Store<T> {
  #value: T;
  #listeners = new Set<Listener<T>>();

  constructor(initial: T) {
    this.#value = initial;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the value; listeners hear of it only if it is another one. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  /** Calls `listener` on every later change; the result ends that. */
  watch(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** The store's value, rendering again whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, render] = useState<object>();
  useEffect(() => {
    render({}); // The value may have changed between rendering and this effect.
    return store.watch(() => render({}));
  }, [store]);
  return store.value;
}
