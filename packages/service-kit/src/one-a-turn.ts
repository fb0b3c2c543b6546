/**
 * Creates what does work one after the other, each in a turn of the event loop of its own, so that everything else is
 * done in between: a storm of requests that take long to prepare, such as logins, would otherwise hold up everybody
 * until the last of them is on its way.
 */
export function oneATurn(): (work: () => void) => void {
  const waiting = new Set<() => void>();

  function doNext(): void {
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    if (waiting.size > 0) setImmediate(doNext);
    next();
  }

  return (work) => {
    waiting.add(work);
    if (waiting.size === 1) setImmediate(doNext);
  };
}

const inTurn = oneATurn();

/** Resolves in a turn of the event loop that is given to nobody else who asks here: for what is long to read or to write. */
export function turnOfItsOwn(): Promise<void> {
  return new Promise(inTurn);
}
