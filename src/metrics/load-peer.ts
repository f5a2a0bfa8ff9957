/**
 * Loads a package that only those have who use this part of ours.
 * @param load requires it by a literal name, so that bundlers find it
 * @throws Error that says what to install
 */
export function loadPeer<M>(name: string, neededBy: string, load: () => M): M {
  try {
    return load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Something that the package itself needs may be missing as well, which is not ours to explain.
    if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw error;
    throw new Error(`${neededBy} needs the package ${name}, which is not installed: npm install ${name}`, {
      cause: error,
    });
  }
}
