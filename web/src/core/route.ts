// Where in the dashboard we are: `#/actions/ID?agent=x`. Links in notifications are made of these.
import { Cell } from './cell';

export interface Route {
  page: string;
  id: string;
  rest: string[];
  query: URLSearchParams;
}

function read(): Route {
  const hash = location.hash.replace(/^#\/?/, '');
  const cut = hash.indexOf('?');
  const path = cut < 0 ? hash : hash.slice(0, cut);
  const [page = '', id = '', ...rest] = path.split('/').map(safely_decoded);
  return { page: page || 'now', id, rest, query: new URLSearchParams(cut < 0 ? '' : hash.slice(cut + 1)) };
}

function safely_decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = new Cell<Route>(read());
addEventListener('hashchange', () => route.set(read()));

export function link(page: string, id = '', query = ''): string {
  return `#/${page}${id ? `/${encodeURIComponent(id)}` : ''}${query ? `?${query}` : ''}`;
}

export function go(to: string, replace = false): void {
  if (replace) {
    history.replaceState(null, '', to);
    route.set(read());
  } else {
    location.hash = to;
  }
}
