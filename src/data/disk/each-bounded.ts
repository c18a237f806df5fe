/** Files decoded at once: enough to keep libuv's four threads busy while pixels are copied here. */
const atOnce = 8;

/** Runs `task` on the items in order, a few at a time, until one answers false. Items before that one are all finished. */
export async function eachBounded<T>(
  items: readonly T[],
  task: (item: T, i: number) => Promise<boolean>,
): Promise<void> {
  const queue = items.entries();
  let going = true;
  const worker = async (): Promise<void> => {
    for (const [i, item] of queue) {
      going = (await task(item, i)) && going;
      if (!going) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
