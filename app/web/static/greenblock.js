/* Every page works without this file: forms are sent, links are followed. With it, parts of a page change in place.

   data-swap="ID"      on a form or a link: sent as ever, but of the answer only that element is taken
   data-focus="CSS,…"  beside it: what has the focus afterwards, the first that is there; else whatever had it before
   data-preview="ID"   on a form, with formaction of its preview button in data-ask: while the form is edited, that
                       element shows what would come of it
   data-told           in that form: the one sentence of it, for where the element itself is out of sight
   data-poll="ADDRESS" on an element with an id: asked every two seconds, until the element that comes has it no more
   data-say="WORDS"    inside what was taken: read out by screen readers
*/
"use strict";
(() => {
  const live = document.getElementById("live");
  let plainly = false; // the next submit goes the browser's own way

  function say(words, seen = false) {
    live.textContent = ""; // else the same words twice would be read out once
    live.classList.toggle("seen", seen);
    setTimeout(() => { live.textContent = words; }, 50);
  }

  /* The answer to a request, as a page; null where none came, and then the user was told. Where it leads to another
     page than this one (such as a sign-in that is wanted), the browser goes there. */
  async function ask(address, options) {
    try {
      const answer = await fetch(address, options);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.redirected || new URL(answer.url).pathname === location.pathname) return page;
      location.assign(answer.url);
    } catch (error) {
      if (error.name !== "AbortError") say(live.dataset.offline, true);
    }
    return null;
  }

  /* What finds a control again after its part of the page was replaced. */
  function trace(control) {
    if (!control || control === document.body) return null;
    if (control.id) return `#${CSS.escape(control.id)}`;
    const [name] = ["aria-label", "href", "value"].filter((one) => control.hasAttribute(one));
    return name ? `${control.localName}[${name}="${CSS.escape(control.getAttribute(name))}"]` : null;
  }

  /* Put the page's element in the place of ours; the focus, if it was in there, stays as near as can be. */
  function swap(id, page, focus) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (!old || !fresh) return false;
    const had = old.contains(document.activeElement);
    const found = had ? trace(document.activeElement) : null;
    old.replaceWith(document.adoptNode(fresh));
    if (had || focus) {
      const wanted = [...(focus?.split(",") ?? []), found];
      const to = wanted.map((one) => one && fresh.querySelector(one)).find(Boolean) ?? fresh;
      if (to === fresh) fresh.tabIndex = -1;
      to.focus({ preventScroll: true });
    }
    if (id === "main") document.title = page.title;
    watch(fresh);
    return true;
  }

  /* Whether all is done; false where the answer is of another kind, and the browser shall show it by itself. */
  async function send(control, address, options) {
    if (control.ariaBusy === "true") return true; // pressed twice
    control.ariaBusy = "true";
    const page = await ask(address, options);
    control.ariaBusy = "false";
    const told = page?.querySelector("[data-say]");
    if (told) say(told.dataset.say);
    return !page || swap(control.dataset.swap, page, control.dataset.focus);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (plainly || !form.dataset.swap || event.defaultPrevented) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, button));
    const address = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const reading = form.method === "get";
    const done = await (reading ? send(form, `${address}?${fields}`) : send(form, address, { method: "POST", body: fields }));
    if (done && reading) history.replaceState(null, "", `?${fields}`);
    if (done) return;
    plainly = true;
    form.requestSubmit(button);
  });

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-swap]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      if (await send(link, link.href)) history.replaceState(null, "", link.href);
      else location.assign(link.href);
    }
    for (const open of document.querySelectorAll("details.drop[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector("details.drop[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  let waiting, asking;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-preview]");
    if (!form || event.target.name.startsWith("kind-")) return; // who somebody is moves no block
    clearTimeout(waiting);
    asking?.abort();
    waiting = setTimeout(async () => {
      asking = new AbortController();
      const body = new URLSearchParams(new FormData(form));
      const page = await ask(form.dataset.ask, { method: "POST", body, signal: asking.signal });
      const shown = page?.getElementById(form.dataset.preview);
      if (shown) say(shown.dataset.say ?? "");
      for (const one of shown ? form.querySelectorAll("[data-told]") : []) one.textContent = shown.dataset.say ?? "";
      if (page) swap(form.dataset.preview, page);
    }, 400);
  });

  function watch(part) {
    const polled = part.matches?.("[data-poll]") ? [part] : part.querySelectorAll("[data-poll]");
    for (const one of polled) setTimeout(() => look(one.id), 2000);
  }

  async function look(id) {
    const there = document.getElementById(id);
    if (!there?.dataset.poll) return;
    const busy = document.hidden || there.querySelector("details.drop[open], input:focus, textarea:focus");
    const page = busy ? null : await ask(there.dataset.poll);
    if (!page) setTimeout(() => look(id), 2000);
    else if (!swap(id, page)) location.reload(); // another page by now
  }

  watch(document);
})();
