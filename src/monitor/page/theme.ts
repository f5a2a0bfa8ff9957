import { setText } from './dom.js';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const KEY = 'mysqlpool-monitor-theme';

/**
 * Switches between a light theme, a dark theme and that of the system, and remembers the choice. `changed` is called
 * when charts have to be drawn again in other colours.
 */
export function switchTheme(button: HTMLButtonElement, changed: () => void): void {
  let theme = remembered();
  const show = (): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    setText(button, `Theme: ${theme}`);
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    remember(theme);
    show();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  show();
}

// A browser may forbid pages to store anything: access to localStorage then throws.
function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then the choice lasts only until the page is closed.
  }
}
