// oxlint-disable-next-line no-control-regex -- whoever reads the log must not be fooled
const CONTROLS = /[\0-\x1f\x7f]+/g;

/** A label, a name or a message may have anything in it; a line of the log stays one. */
export const onOneLine = (text: string): string => text.replaceAll(CONTROLS, ' ').replaceAll(/ {2,}/g, ' ');
