export { BackupReader } from './backup-reader';
export { BackupWriter } from './backup-writer';
export type { Frame } from './frames';
export { type BackupManifest, type BackupStore, type BackupTable, DamagedBackup } from './manifest';
export { runCommand } from './run-command';
