// The page of the preview: it may run the one script and the one style sheet that it names, and load nothing.

/** A whole HTML document; `nonce` is new for each. */
export function previewPage(nonce: string, script: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>cnnc</title>
<style nonce="${nonce}">${style}</style>
<style nonce="${nonce}" id="drawing-style"></style>
</head>
<body>
<p id="refused" role="status" hidden></p>
<main id="shown" tabindex="-1"></main>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`;
}

const style = `
body{padding:8px;background:var(--vscode-editor-background);color:var(--vscode-editor-foreground)}
#refused{position:sticky;top:0;margin:0;padding:6px 8px;background:var(--vscode-inputValidation-warningBackground);border:1px solid var(--vscode-inputValidation-warningBorder)}
#shown.old{opacity:.45}
#shown{outline:none}
svg{max-width:100%;height:auto}
svg .box{cursor:pointer}
svg .box:focus-visible .face,svg .box:focus-visible .bar{stroke:var(--accent);stroke-width:2.5}
svg .box:focus{outline:none}
svg .marked>.face,svg .marked>.bar{fill:var(--chosen);stroke:var(--accent);stroke-width:2.2}
pre{font-family:var(--vscode-editor-font-family);font-size:var(--vscode-editor-font-size);line-height:1.35;overflow-x:auto}
`;
