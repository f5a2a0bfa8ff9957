/** The elements that show a value. They are created once and then updated, so that focus and scroll positions stay. */
export interface View<T> {
  readonly root: Element;
  update(value: T): void;
}

type Attributes = Readonly<Record<string, string | undefined>>;
type Child = Node | string;

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element "${id}"`);
  return element;
}

/** Creates an element. Strings become text nodes, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Creates an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
}

/** Changes the document only if the value is different: otherwise a screen reader would read it again. */
export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, isShown: boolean): void {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/** Keeps the children of an element in step with a list: one view for each key, in the order of the list. */
export class KeyedList<T> {
  readonly #parent: Element;
  readonly #keyOf: (item: T) => string;
  readonly #create: (item: T) => View<T>;
  #views = new Map<string, View<T>>();

  constructor(parent: Element, keyOf: (item: T) => string, create: (item: T) => View<T>) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#create = create;
  }

  update(items: readonly T[]): void {
    const views = new Map<string, View<T>>();
    for (const item of items) {
      const key = this.#keyOf(item);
      views.set(key, this.#views.get(key) ?? this.#create(item));
    }
    for (const [key, view] of this.#views) if (!views.has(key)) view.root.remove();
    this.#views = views;
    let index = 0;
    for (const view of views.values()) {
      const there = this.#parent.children[index++];
      if (there !== view.root) this.#parent.insertBefore(view.root, there ?? null);
    }
    for (const item of items) views.get(this.#keyOf(item))?.update(item);
  }
}
