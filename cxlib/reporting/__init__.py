"""Reports: a notebook and a definition become a folder with one page that anyone can open."""
