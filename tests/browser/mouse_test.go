package browser_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"chorus/tests/testbed"
)

// still is where the middle of an element is, as soon as that stands still and nothing lies over it. If it is to be
// clicked on, the page gets nothing of a click that begins elsewhere, and window.hit says whether one has hit it.
const still = `(async (find, click) => {
  const drawn = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 100); }); // no frames are drawn of what is hidden
  const middle = (element) => {
    const { x, y, width, height } = element?.getClientRects()[0] ?? {};
    return [x + width / 2, y + height / 2];
  };
  const mine = window.aim = {}; // until somebody else takes aim
  for (let was; window.aim === mine; ) {
    const element = find();
    element?.scrollIntoView({ behavior: "instant", block: "nearest", inline: "nearest" });
    const is = middle(element);
    if (was && String(is) === String(was) && element?.contains(document.elementFromPoint(...is))) {
      window.hit?.();
      if (!click) return is;
      let hit = false;
      const kinds = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
      const judge = (event) => {
        if (!event.isTrusted || hit) return;
        if (element.contains(event.target)) {
          hit = event.type === "click";
          return;
        }
        event.preventDefault();
        event.stopImmediatePropagation();
      };
      for (const kind of kinds) addEventListener(kind, judge, true);
      window.hit = () => {
        for (const kind of kinds) removeEventListener(kind, judge, true);
        delete window.hit;
        return hit;
      };
      return is;
    }
    was = is;
    await drawn();
    await drawn();
  }
})(() => %s, %t)`

// aim waits until the page is as still expects it.
func aim(ctx context.Context, t *chromedp.Target, limit time.Duration, element string, click bool) (x, y float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	xy, err := chromedp.Evaluate[[]float64](fmt.Sprintf(still, element, click), chromedp.EvalAwaitPromise)(ctx, t)
	if err != nil || len(xy) != 2 {
		return 0, 0, fmt.Errorf("%s is not there, does not stand still or is covered: %v, %w", element, xy, err)
	}
	return xy[0], xy[1], nil
}

// click clicks on what a selector finds. A click that would miss it, because the page moves in that moment, is
// tried again.
func click(selector string) chromedp.Action[chromedp.Void] {
	return clickWithin(20*time.Second, selector)
}

// clickWithin is a click that has to begin in time.
func clickWithin(limit time.Duration, selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for {
			x, y, err := aim(ctx, t, limit, "document.querySelector(`"+selector+"`)", true)
			if isNavigation(err) {
				continue // the page is being loaded anew
			}
			if err != nil {
				return err
			}
			if _, err := chromedp.MouseClickXY(x, y)(ctx, t); err != nil {
				return err
			}
			hit, err := chromedp.Evaluate[bool](`window.hit?.() ?? true`)(ctx, t) // not there: it has led to another page
			if hit || isNavigation(err) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

// point moves the mouse to the middle of an element.
func point(element string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		x, y, err := aim(ctx, t, 20*time.Second, element, false)
		if err != nil {
			return err
		}
		if _, err := chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x-2, y)(ctx, t); err != nil { // it may lie there already
			return err
		}
		_, err = chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y)(ctx, t)
		return err
	})
}

// pointAt moves the mouse onto a message and waits for its toolbar.
func (tab *tab) pointAt(text string) {
	tab.t.Helper()
	testbed.Eventually(tab.t, 20*time.Second, "there is a toolbar with "+text, func() bool {
		tab.run(point(saying(text) + `?.querySelector(".bubble")`))
		return tab.eval(saying(text)+`?.contains(document.querySelector('`+hook("toolbar")+`'))`) == "true"
	})
}

// use does something with a message by its toolbar, which goes when the page moves so that the mouse lies elsewhere.
func (tab *tab) use(action, text string) {
	tab.t.Helper()
	testbed.Eventually(tab.t, 20*time.Second, "one can "+action+" "+text, func() bool {
		tab.pointAt(text)
		return chromedp.Do(tab.ctx, clickWithin(3*time.Second, hook(action))) == nil
	})
}
