import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';

/** Another release of the program: a tree of its own, whose services run as they do from this one. */
export interface Release {
  /** For startProcess. */
  root: string;
  remove(): Promise<void>;
}

const thisTree = new URL('../../', import.meta.url).pathname;
/** What no service runs from. */
const leftOut = new Set(['services/gateway/web', 'infra/engines', 'infra/images', 'infra/demo', 'infra/embedded']);
const isNested = (source: string): boolean => basename(source) === 'node_modules';

/** A change of one file. */
export interface Patch {
  file: string;
  change: (text: string) => string;
}

/** Puts one text in the place of another, which must be there once. */
export const replacing = (file: string, before: string, after: string): Patch => ({
  file,
  change: (text) => (text.split(before).length === 2 ? text.replace(before, () => after) : text),
});

/** A copy of this tree with some files changed; rejects when a patch changes nothing. */
export const makeRelease = async (...patches: readonly Patch[]): Promise<Release> => {
  const root = await mkdtemp(join(tmpdir(), 'fcode-release-'));
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    const nested: string[] = [];
    const filter = (source: string): boolean => {
      const path = relative(thisTree, source);
      if (isNested(source)) nested.push(path);
      return !isNested(source) && !leftOut.has(path);
    };
    for (const part of ['libs', 'services', 'infra', 'package.json']) {
      await cp(join(thisTree, part), join(root, part), { recursive: true, filter });
    }
    for (const path of nested) await symlink(join(thisTree, path), join(root, path));
    await linkPackages(root);
    for (const { file, change } of patches) {
      const before = await readFile(join(root, file), 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`the patch finds nothing to change in ${file}`);
      await writeFile(join(root, file), after);
    }
    return { root: `${root}/`, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};

/** The packages of others where they are; the workspaces' own names lead to their copies. */
const linkPackages = async (root: string): Promise<void> => {
  const from = join(thisTree, 'node_modules');
  const to = join(root, 'node_modules');
  await mkdir(join(to, '@fcode'), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== '@fcode' && !name.startsWith('.')) await symlink(join(from, name), join(to, name));
  }
  const tree = await realpath(thisTree);
  for (const name of await readdir(join(from, '@fcode'))) {
    const copy = join(root, relative(tree, await realpath(join(from, '@fcode', name))));
    const isCopied = await stat(copy).then(
      () => true,
      () => false,
    );
    if (isCopied) await symlink(copy, join(to, '@fcode', name));
  }
};
