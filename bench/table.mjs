const ms = (value) => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
/** Two digits that say something, down to a ratio of a hundred. */
const ratio = (value) => value.toFixed(value < 0.05 ? 4 : 2);

/** Rows of [workload, who, how much, ours / theirs]. */
export function rowsOf({ workloads }) {
  return Object.entries(workloads).flatMap(([name, found]) => {
    if (found.failure !== undefined) return [[name, "ganymede", `failed: ${found.failure}`, ""]];
    if (found.seconds !== undefined)
      return Object.entries(found.seconds).map(([data, s]) => [
        name,
        `ganymede, ${data}`,
        `${s.toFixed(2)} s`,
        "",
      ]);
    if (found.bytes !== undefined)
      return [
        [name, "ganymede", mib(found.bytes), ""],
        ...(found.theirs === undefined
          ? []
          : [[name, "PyTorch eager", mib(found.theirs), ratio(found.eager)]]),
      ];
    if (found.passes !== undefined)
      return Object.values(found.passes).flatMap((pass) => timesOf(`${name}, ${pass.about}`, pass));
    return timesOf(name, found);
  });
}

function timesOf(name, found) {
  return [
    [name, "ganymede", ms(found.ms), ""],
    ...found.others.map((other) => [
      name,
      other.key === found.bestForm ? `${other.name} (best)` : other.name,
      ms(other.ms),
      ratio(other.ratio),
    ]),
  ];
}

/** The report as text. */
export function linesOf(report) {
  const rows = [["workload", "", "time or size", "ours / theirs"], ...rowsOf(report)];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const { processor, threads, load, node, torch } = report;
  const machine = [processor, `${threads} threads`, `load average ${load.toFixed(2)}`, `Node ${node}`];
  return [
    [...machine, ...(torch === undefined ? [] : [`PyTorch ${torch}`])].join(", "),
    "",
    ...rows.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
    ...(report.notes.length === 0 ? [] : ["", ...report.notes]),
  ];
}
