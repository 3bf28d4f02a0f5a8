// The conformance suite imports a function that node has from version 22 on, for something else than what is
// used of it here: with `node --import ./node20.mjs` it finds one that is never called.
import { register } from 'node:module';

const source = `
  export * from 'node:fs';
  export { default } from 'node:fs';
  export function globSync() { throw new Error('not here'); }`;

const hook = `
  export async function resolve(specifier, context, next) {
    if (specifier === 'fs' && context.parentURL?.includes('/conformance/dist/')) {
      return { url: 'data:text/javascript,' + ${JSON.stringify(encodeURIComponent(source))}, shortCircuit: true };
    }
    return next(specifier, context);
  }`;

register('data:text/javascript,' + encodeURIComponent(hook));
