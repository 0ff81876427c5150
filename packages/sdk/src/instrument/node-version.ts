const [nodeMajor = 0, nodeMinor = 0] = process.versions.node.split('.').map(Number);

/** Whether Node is of this version or a later one; what Bun and Deno say that they are counts too. */
export function isNodeSince(major: number, minor: number): boolean {
  return nodeMajor > major || (nodeMajor === major && nodeMinor >= minor);
}
