// What a page needs of Vite to train: see docs/page.md.
const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default {
  // Threads: browsers share memory between them only in pages served with these headers.
  server: { headers: isolated },
  preview: { headers: isolated },
  // A worker that loads the engine when it is needed is a module.
  worker: { format: "es" },
  // The engine finds its WebAssembly beside its own file.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
};
