import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './install.mjs';

const require = createRequire(import.meta.url);
const { describeSettings } = require(path.join(root, 'packages/http-kit/dist'));
const { uasamSettings } = require(path.join(root, 'services/uasam/dist/config.js'));
const { brainSettings } = require(path.join(root, 'services/brain/dist/config.js'));

const only = (settings, wanted) =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => wanted(name)));
const isShared = (name) => name in uasamSettings && name in brainSettings;
const section = (title, settings) => `#### ${title}\n\n${describeSettings(settings)}\n`;

/** Every setting of both services, as the code declares them: this file is written by `npm run format`. */
const text = [
  '# Every setting of OTAS, with its default. `npm start` needs none of them. Written by `npm run format`.\n',
  section('Both services', only(uasamSettings, isShared)),
  section(
    'UASAM',
    only(uasamSettings, (name) => !isShared(name)),
  ),
  section(
    'Brain',
    only(brainSettings, (name) => !isShared(name)),
  ),
  '#### npm start\n',
  '# Directory of data, logs and generated secrets (default .otas)\nOTAS_DATA_DIR=.otas\n',
].join('\n');

const file = path.join(root, '.env.example');
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('.env.example does not say what the code declares: run npm run format');
  process.exit(1);
}
