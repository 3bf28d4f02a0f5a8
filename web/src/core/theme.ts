// Light, dark, or as the system has it. Kept in this browser only.
import { Cell } from './cell';

export type Theme = 'system' | 'light' | 'dark';
const place = 'claw-theme';

function kept(): Theme {
  try {
    const value = localStorage.getItem(place);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

export const theme = new Cell<Theme>(kept());

function show(): void {
  if (theme.get() === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.get();
}

theme.watch(() => {
  show();
  try {
    localStorage.setItem(place, theme.get());
  } catch {
    return; // A browser that keeps nothing shows it for now.
  }
});
show();
