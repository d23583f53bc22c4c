/** The tabs of the page: call and text (WAI-ARIA's pattern, with arrow keys). */
import { element } from './elements.ts';

const TABS = [
  { tab: 'tab-call', panel: 'phone' },
  { tab: 'tab-text', panel: 'texts' },
] as const;

export type TabName = 'call' | 'text';

export class Tabs {
  readonly #onChange: (name: TabName) => void;
  #current: TabName = 'call';

  constructor(onChange: (name: TabName) => void) {
    this.#onChange = onChange;
    element('tab-call').addEventListener('click', () => this.choose('call'));
    element('tab-text').addEventListener('click', () => this.choose('text'));
    element('tabs').addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      this.choose(this.#current === 'call' ? 'text' : 'call');
      element(`tab-${this.#current}`).focus();
    });
  }

  choose(name: TabName): void {
    if (this.#current === name) return;
    this.show(name);
    this.#onChange(name);
  }

  /** Undefined: none of them. */
  show(name: TabName | undefined): void {
    if (name !== undefined) this.#current = name;
    element('tabs').hidden = name === undefined;
    for (const { tab, panel } of TABS) {
      const isShown = name !== undefined && tab === `tab-${name}`;
      element(tab).setAttribute('aria-selected', String(isShown));
      element(tab).tabIndex = isShown ? 0 : -1;
      element(panel).hidden = !isShown;
    }
  }
}
