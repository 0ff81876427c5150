import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listRoutes } from './access/list-routes.mjs';
import { root } from './install.mjs';
import { documentOf } from './openapi/document.mjs';
import { documents } from './openapi/texts.mjs';

/** The routes that are not described, in words. */
function undescribed(routes) {
  return routes.flatMap(({ methods, path: route, described: { about, readsQuery, query, body } }) => {
    const missing = [
      ...(about === null ? ['about'] : []),
      ...(readsQuery && query === null ? ['the schema of its query'] : []),
      ...(body !== null && Object.values(body).includes(null) ? ['the schema of its body'] : []),
    ];
    return missing.length === 0 ? [] : [`${methods.join(', ')} ${route}: ${missing.join(', ')}`];
  });
}

const isChecked = process.argv.includes('--check');
const all = await listRoutes();
const missing = Object.values(all).flatMap(undescribed);
let isStale = false;
for (const { file, service, has, ...about } of documents) {
  const routes = all[service].filter((route) => has(route.path) && undescribed([route]).length === 0);
  const text = `${JSON.stringify(documentOf(about, routes), null, 2)}\n`;
  const target = path.join(root, file);
  if (!isChecked) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${file} does not say what the code declares: run npm run format`);
    isStale = true;
  }
}
if (missing.length > 0) console.error(`not described:\n${missing.join('\n')}`);
// What the routes were listed with has timers.
process.exit(isStale || missing.length > 0 ? 1 : 0);
