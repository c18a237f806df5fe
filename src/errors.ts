/** What every error of Ganymede carries; `message` is built here and nowhere else. */
export interface ErrorParts {
  /** Where it happened, in the user's words: an op, an option, a file. */
  readonly where: string;
  /** What would have been right. */
  readonly expected: string;
  /** What came instead. */
  readonly received: string;
  /** What to do next. */
  readonly hint?: string;
}

/** Base of all errors a user can cause or meet. `exitCode`: 2 for wrong usage, 1 for everything else. */
export class GanymedeError extends Error {
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2 = 1;

  constructor(parts: ErrorParts, options?: ErrorOptions) {
    const hint = parts.hint === undefined ? "" : `\n  ${parts.hint}`;
    super(`${parts.where}: expected ${parts.expected}, received ${parts.received}.${hint}`, options);
    this.name = new.target.name;
    this.where = parts.where;
    this.expected = parts.expected;
    this.received = parts.received;
    this.hint = parts.hint;
  }
}

/** Shapes or dtypes that do not fit, thrown where the op is written. */
export class ShapeError extends GanymedeError {}

/** An option, argument or name that does not exist or is out of range. */
export class OptionError extends GanymedeError {
  override readonly exitCode = 2;
}

/** A data set, file or picture that is missing, broken or of the wrong form. */
export class DataError extends GanymedeError {}

/** A run folder or checkpoint that cannot be written, read or continued. */
export class RunError extends GanymedeError {}

/** The engine (ONNX Runtime) refused a graph or a device. */
export class EngineError extends GanymedeError {}

/** Training produced a value that is not finite. */
export class DivergenceError extends GanymedeError {}
