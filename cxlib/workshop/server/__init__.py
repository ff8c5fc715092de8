"""The workshop in a browser: a page without code, served by Voila, with a kernel for each who looks at it.

- `serve` is what `cx workshop` calls;
- `notebook` is the notebook that is served;
- `application` is Voila with our page, kernels and manners;
- `addresses` has the links that lead there;
- `gate` lets in who has the token;
- `seats` says whether there is room;
- `warm_up` is what the kernels have in common.
"""
