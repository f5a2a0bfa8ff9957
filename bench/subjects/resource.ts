/** A connection to nowhere: opening, using, cleaning and closing it costs nothing, so the pool itself is what is left. */
export class Resource {
  /** Whether somebody has it; kept by the watch, not by the pools. */
  held = false;
}
