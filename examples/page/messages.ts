/** What the page tells the worker. */
export type Command = "go" | "pause";

/** What the worker tells the page. */
export type News =
  | { readonly kind: "ready"; readonly about: string }
  | {
      readonly kind: "step";
      readonly step: number;
      readonly images: number;
      readonly metrics: Readonly<Record<string, number>>;
    }
  /** Grey pictures, `columns` in a row, pixels in [0,1]. */
  | {
      readonly kind: "samples";
      readonly pixels: Float32Array;
      readonly side: number;
      readonly columns: number;
    }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string };
