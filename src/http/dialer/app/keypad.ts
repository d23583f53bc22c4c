/** The twelve keys. */

const KEYS: readonly (readonly [key: string, letters: string, name: string])[] = [
  ['1', '', '1'],
  ['2', 'ABC', '2'],
  ['3', 'DEF', '3'],
  ['4', 'GHI', '4'],
  ['5', 'JKL', '5'],
  ['6', 'MNO', '6'],
  ['7', 'PQRS', '7'],
  ['8', 'TUV', '8'],
  ['9', 'WXYZ', '9'],
  ['*', '', 'star'],
  ['0', '+', '0, long press for plus'],
  ['#', '', 'pound'],
];

const LONG_PRESS_MS = 500;

/** Whether a keyboard key is one of the keypad. */
export function isKey(key: string): boolean {
  return /^[0-9*#]$/.test(key);
}

/**
 * Fills `container` with the keys.
 * @param onKey a key was pressed
 * @param onPlus the zero was held: the plus of an international number
 */
export function buildKeypad(container: HTMLElement, onKey: (key: string) => void, onPlus: () => void): void {
  for (const [key, letters, name] of KEYS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'key';
    button.dataset.key = key;
    button.setAttribute('aria-label', name);
    const digit = document.createElement('b');
    digit.textContent = key;
    const small = document.createElement('small');
    small.textContent = letters;
    button.append(digit, small);
    pressable(button, () => onKey(key), key === '0' ? onPlus : undefined);
    container.append(button);
  }
}

/** A click, or a long press where there is something for it; a long press is no click too. */
function pressable(button: HTMLButtonElement, onClick: () => void, onLong?: () => void): void {
  let wasLong = false;
  button.addEventListener('click', () => {
    if (!wasLong) onClick();
    wasLong = false;
  });
  if (onLong === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener('pointerdown', () => {
    wasLong = false;
    timer = setTimeout(() => {
      wasLong = true;
      onLong();
    }, LONG_PRESS_MS);
  });
  for (const type of ['pointerup', 'pointerleave', 'pointercancel']) {
    button.addEventListener(type, () => clearTimeout(timer));
  }
}
