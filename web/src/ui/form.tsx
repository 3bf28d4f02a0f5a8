// Fields with labels, a dialog that keeps the focus, and short messages that come and go.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Problem } from '../core/api';
import { Cell, useCell } from '../core/cell';
import { Button } from './parts';

interface FieldProps {
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: ComponentChildren;
  hidden_label?: boolean;
  type?: 'text' | 'search' | 'password';
  autoComplete?: string;
  autoCapitalize?: 'none';
  autoFocus?: boolean;
  required?: boolean;
  placeholder?: string;
  pattern?: string;
  inputMode?: 'text' | 'numeric';
  minLength?: number;
  maxLength?: number;
}

export function Field({ label, value, set, hint, hidden_label, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hidden_label ? 'hidden' : ''}>
        {label}
      </label>
      <input
        {...(rest as object)}
        id={id}
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface AreaProps {
  label: string;
  value: string;
  set: (value: string) => void;
  rows?: number;
  mono?: boolean;
  placeholder?: string;
  hint?: string;
  id?: string;
}

export function Area({ label, value, set, rows = 3, mono, placeholder, hint, id: given }: AreaProps) {
  const made = useId();
  const id = given ?? made;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class={mono ? 'mono' : ''}
        rows={rows}
        value={value}
        placeholder={placeholder}
        spellcheck={!mono}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  set: (value: string) => void;
  options: [value: string, words: string][];
  hidden_label?: boolean;
}

export function Select({ label, value, set, options, hidden_label }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hidden_label ? 'hidden' : ''}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Switcher({ label, value, set, options }: ChoiceProps) {
  return (
    <div class="switcher" role="group" aria-label={label}>
      {options.map(([each, words]) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => set(each)}>
          {words}
        </button>
      ))}
    </div>
  );
}

interface DialogProps {
  title: string;
  close: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

// The browser's own modal dialog: it traps the focus, closes on Escape and gives the focus back.
export function Dialog({ title, close, children, wide }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    return () => {
      dialog?.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={wide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => (event.preventDefault(), close())}
      onClick={(event) => event.target === box.current && close()}
    >
      <div class="dialog-body">
        <header class="row spread">
          <h2 id={id}>{title}</h2>
          <Button kind="quiet" icon="cross" label="Close" onClick={close} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface Toast {
  id: number;
  text: string;
  tone: 'allow' | 'deny' | 'info';
}
const toasts = new Cell<readonly Toast[]>([]);
let toast_count = 0;

export function tell(text: string, tone: Toast['tone'] = 'info'): void {
  const toast = { id: ++toast_count, text, tone };
  toasts.set([...toasts.get().slice(-3), toast]);
  setTimeout(
    () => toasts.set(toasts.get().filter((each) => each.id !== toast.id)),
    tone === 'deny' ? 8000 : 4000,
  );
}

export function Toasts() {
  const shown = useCell(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} class={`toast tone-${toast.tone}`}>
          {toast.text}
        </div>
      ))}
    </div>
  );
}

export interface Doing {
  busy: boolean;
  problem?: Problem;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

// One thing a person does: busy while it runs, its Problem kept to be shown beside the button.
export function useDoing(): Doing {
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem | undefined>();
  const run = async (work: () => Promise<unknown>) => {
    set_busy(true);
    set_problem(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      const name = (error as Error).name;
      if (name === 'NotAllowedError')
        set_problem(new Problem('the passkey was not used', 'second_factor', 0));
      else if (error instanceof Problem) set_problem(error);
      else set_problem(new Problem((error as Error).message, 'invalid', 0));
      return false;
    } finally {
      set_busy(false);
    }
  };
  return { busy, problem, run, clear: () => set_problem(undefined) };
}

export function Said({ doing }: { doing: Doing }) {
  if (!doing.problem) return null;
  const wait = doing.problem.retry_after;
  return (
    <p class="said" role="alert">
      {doing.problem.message}
      {wait ? ` — try again in ${wait} s` : ''}
    </p>
  );
}
