// Snippets, from the language server protocol's notation to CodeMirror's.

/** The protocol's placeholders as CodeMirror writes them: `$0` is a place without a name, and braces are escaped. */
export function templateOf(insert: string): string {
  const brace = (text: string): string => text.replaceAll(/[{}]/g, String.raw`\$&`);
  return insert.replaceAll(
    /\\([\s\S])|\$\{(\d+):([^}]*)\}|\$\{?(\d+)\}?|([{}])/g,
    (_, escaped?: string, number?: string, text?: string, bare?: string, other?: string) => {
      if (escaped !== undefined) return brace(escaped);
      if (number !== undefined) return `\${${number}:${text}}`;
      if (bare !== undefined) return bare === '0' ? '${}' : `\${${bare}}`;
      return brace(other!);
    },
  );
}
