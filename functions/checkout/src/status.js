(function () {
  var MINUTES = 2 * 60 * 1000, LONGEST = 15 * 1000;
  var region = document.getElementById("status"), headline = document.getElementById("headline");
  var body = document.getElementById("body"), next = document.getElementById("next"), again = document.getElementById("again");
  var looks = 0, begun = Date.now(), wait = Number(region.dataset.wait);
  function said(now) { return JSON.stringify([now.headline, now.body, now.next && [now.next.say, now.next.href]]); }
  function texts(from) { return Array.prototype.map.call(from.children, function (child) { return child.textContent; }); }
  function shown() {
    var link = next.querySelector("a");
    return said({ headline: headline.textContent, body: texts(body), next: link && { say: link.textContent, href: link.getAttribute("href") } });
  }
  function element(name, text) { var made = document.createElement(name); made.textContent = text; return made; }
  // Changed in place and only where something changed: what is read aloud is news.
  function show(now) {
    if (said(now) === shown()) { return; }
    document.title = headline.textContent = now.headline;
    body.replaceChildren.apply(body, now.body.map(function (line) { return element("p", line); }));
    next.replaceChildren();
    if (now.next) {
      var link = element("a", now.next.say);
      link.className = "button";
      link.href = now.next.href;
      next.append(link);
    }
    region.parentElement.className = "status " + now.mood;
    if (now.final && now.mood !== "good") { headline.focus(); }
  }
  function stop() { if (again) { again.hidden = false; } }
  function later() {
    if (Date.now() - begun > MINUTES) { stop(); return; }
    setTimeout(look, wait);
  }
  function look() {
    looks += 1;
    fetch(location.pathname + "?look=" + looks, { headers: { accept: "application/json" } }).then(function (answer) {
      if (!answer.ok) { throw answer; }
      return answer.json();
    }).then(function (now) {
      show(now);
      wait = now.next_poll_ms;
      if (wait) { later(); } else if (!now.final) { stop(); }
    }).catch(function () {
      wait = Math.min(2 * wait, LONGEST);
      later();
    });
  }
  // The address is the receipt: what Stripe appended to it is read and gone.
  history.replaceState(null, "", location.pathname);
  if (wait) { later(); }
})();
