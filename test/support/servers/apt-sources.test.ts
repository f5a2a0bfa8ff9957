import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDeb822, parseOneLine, stanza } from './apt-sources.js';

describe('apt sources', () => {
  it('reads deb822 stanzas: comments, several suites, keys in a file and in place', () => {
    const text = `# a comment
Types: deb deb-src
# another
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/key.gpg

Types: deb
URIs: http://mirror.example/other
Suites: noble
Components: main universe
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc=
 -----END PGP PUBLIC KEY BLOCK-----
`;
    const [first, second, ...more] = parseDeb822(text);
    assert.deepEqual(first, {
      uris: 'http://mirror.example/debian',
      suites: ['bookworm', 'bookworm-updates'],
      components: 'main',
      fields: new Map([['signed-by', '/usr/share/keyrings/key.gpg']]),
    });
    assert.match(second?.fields.get('signed-by') ?? '', /^-----BEGIN[^]+\n \.\n abc=\n [^]+END/);
    assert.deepEqual(more, []);
  });

  it('leaves out what is disabled, for sources only, or flat', () => {
    const common = 'URIs: http://mirror.example/\nSuites: stable\nComponents: main\n';
    assert.deepEqual(parseDeb822(`Types: deb\nEnabled: no\n${common}`), []);
    assert.deepEqual(parseDeb822(`Types: deb-src\n${common}`), []);
    assert.deepEqual(parseDeb822('Types: deb\nURIs: http://mirror.example/\nSuites: ./\n'), []);
    assert.deepEqual(
      parseOneLine('# deb http://mirror.example stable main\ndeb-src http://mirror.example stable main\n'),
      [],
    );
    assert.deepEqual(parseOneLine('deb http://mirror.example ./\n'), []);
  });

  it('reads lines with and without options', () => {
    const [first, second] = parseOneLine(
      'deb http://mirror.example/ubuntu jammy main universe # comment\ndeb [arch=amd64,arm64 signed-by=/key.gpg] http://mirror.example stable main\n',
    );
    assert.deepEqual(first, {
      uris: 'http://mirror.example/ubuntu',
      suites: ['jammy'],
      components: 'main universe',
      fields: new Map(),
    });
    assert.deepEqual(
      second?.fields,
      new Map([
        ['signed-by', '/key.gpg'],
        ['architectures', 'amd64 arm64'],
      ]),
    );
  });

  it('writes a stanza for another suite of the same archive', () => {
    const [source] = parseOneLine('deb [signed-by=/key.gpg] http://mirror.example/debian bookworm main');
    assert.equal(
      stanza(source!, 'unstable'),
      'Types: deb\nURIs: http://mirror.example/debian\nSuites: unstable\nComponents: main\nTargets: Packages\nsigned-by: /key.gpg\n',
    );
    assert.match(stanza(source!, 'trixie', 'deb-src'), /^Types: deb-src\n[^]*\nTargets: Sources\n/);
  });
});
