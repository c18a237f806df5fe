/**
 * Runs one piece of work after the other, in the order they are asked for, failed or not. `between` is waited for after each,
 * and before its result is told.
 */
export function inTurn(
  between: () => void | Promise<void> = () => {},
): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.then(between, between);
    return last.then(() => result);
  };
}
