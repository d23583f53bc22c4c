/** Elements of the page by their id. */

/** The element with an id; throws when the page and the script do not belong together. */
export function element<T extends Element = HTMLElement>(id: string, type?: new () => T): T {
  const found = document.getElementById(id);
  if (found === null || (type !== undefined && !(found instanceof type))) {
    throw new Error(`the page has no ${type?.name ?? 'element'} #${id}`);
  }
  return found as unknown as T;
}

/** Shows text in an element, or hides it when there is none. */
export function showText(target: HTMLElement, text: string | undefined): void {
  target.hidden = text === undefined || text === '';
  if (target.textContent !== (text ?? '')) target.textContent = text ?? '';
}
