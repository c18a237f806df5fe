/** Rooms import only from rooms below them (docs/architecture.md). Top first; rooms in one row are neighbours and do not meet. */
const rows = [
  ["cli"],
  ["run"],
  ["report"],
  ["train", "evaluate", "latent"],
  ["methods"],
  ["nn", "data"],
  ["engine"],
];

const upward = rows.flatMap((row, level) =>
  row.map((room) => {
    const forbidden = [...rows.slice(0, level).flat(), ...row.filter((other) => other !== room)];
    return {
      name: `${room}-imports-downwards`,
      severity: "error",
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${forbidden.join("|")})/` },
    };
  }),
);

module.exports = {
  forbidden: [
    ...upward.filter((rule) => !rule.to.path.includes("()")),
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-node-modules-in-the-page",
      comment: "From report/ down everything runs in a web page; what touches the machine is named here.",
      severity: "error",
      from: {
        path: "^src/(report|train|evaluate|latent|methods|nn|engine|data)/",
        pathNot: "^src/(engine/runtime/(node|native|binding)|data/disk/)",
      },
      to: {
        path: "^(node:|fs$|path$)|node_modules/(sharp|koffi|onnxruntime-node)",
        dependencyTypes: ["core", "npm"],
      },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
