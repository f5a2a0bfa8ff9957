/**
 * A fake connection: opening, using, cleaning and closing it costs nothing, so that only the pool itself is measured.
 */
export class Resource {
  /** Whether the resource is lent; maintained by `LoanWatch`, not by the pools. */
  held = false;
}
