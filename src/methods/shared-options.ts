import { z } from "zod";

/** How strong `augmented` is; `of` says what is seen through it. */
export const augmentationOption = (of: string) =>
  z
    .number()
    .min(0)
    .max(3)
    .default(0)
    .describe(`strength of ${of}; 1 is 10 degrees, shear 0.2, scale 10 %, shift 7 %`);
