/**
 * Loads a peer dependency, which is installed only by those who use this part of the package.
 * @param load requires it by a literal name, so that bundlers find it
 * @throws Error that says what to install
 */
export function loadPeer<M>(name: string, neededBy: string, load: () => M): M {
  try {
    return load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // If a dependency of that package is missing instead, the original error says so.
    if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw error;
    throw new Error(`${neededBy} needs the package ${name}, which is not installed: npm install ${name}`, {
      cause: error,
    });
  }
}
