// A page is a function from data to nodes; patch makes the document look like
// it, and touches only what differs, so that focus, selection and scroll stay.

const SVG = 'http://www.w3.org/2000/svg';

// h makes a node: h('p', {class: 'x', onclick: f, key: 'k'}, child, …). Children
// are nodes, strings, numbers, arrays; null and false are left out.
export function h(tag, props, ...children) {
  const kids = [];
  const add = c => {
    if (c === null || c === undefined || c === false || c === true) return;
    if (Array.isArray(c)) c.forEach(add);
    else kids.push(typeof c === 'object' ? c : {text: String(c)});
  };
  children.forEach(add);
  return {tag, props: props || {}, kids};
}

function create(node, svg) {
  if (node.text !== undefined) return document.createTextNode(node.text);
  svg = svg || node.tag === 'svg';
  const el = svg ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
  el._node = {tag: node.tag, props: {}, kids: []};
  update(el, node, svg);
  return el;
}

function setProp(el, name, value, old) {
  if (name === 'key') return;
  if (name.startsWith('on')) {
    if (old) el.removeEventListener(name.slice(2), old);
    if (value) el.addEventListener(name.slice(2), value);
  } else if (name === 'value' || name === 'checked' || name === 'disabled') {
    if (el[name] !== value) el[name] = value;
  } else if (value === null || value === undefined || value === false) el.removeAttribute(name);
  else el.setAttribute(name, value === true ? '' : value);
}

function update(el, node, svg) {
  const old = el._node.props;
  for (const name in old) if (!(name in node.props)) setProp(el, name, null, old[name]);
  for (const name in node.props) if (old[name] !== node.props[name]) setProp(el, name, node.props[name], old[name]);
  el._node = node;
  const byKey = new Map();
  for (const c of el.childNodes) if (c._node && c._node.props.key !== undefined) byKey.set(c._node.props.key, c);
  let at = el.firstChild;
  for (const kid of node.kids) {
    const key = kid.props && kid.props.key;
    if (key !== undefined && byKey.has(key) && byKey.get(key) !== at) el.insertBefore(byKey.get(key), at), at = byKey.get(key);
    if (at && same(at, kid)) {
      if (kid.text !== undefined) { if (at.data !== kid.text) at.data = kid.text; } else update(at, kid, svg);
      at = at.nextSibling;
    } else if (at && key === undefined && !(at._node && at._node.props.key !== undefined)) {
      const fresh = create(kid, svg);
      el.replaceChild(fresh, at);
      at = fresh.nextSibling;
    } else el.insertBefore(create(kid, svg), at);
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}

function same(el, node) {
  if (node.text !== undefined) return el.nodeType === Node.TEXT_NODE;
  return el._node !== undefined && el._node.tag === node.tag && el._node.props.key === node.props.key;
}

// patch makes the one child of el look like node.
export function patch(el, node) {
  if (!el._node) el._node = {tag: 'root', props: {}, kids: []};
  update(el, {tag: 'root', props: {}, kids: [node]}, false);
}
