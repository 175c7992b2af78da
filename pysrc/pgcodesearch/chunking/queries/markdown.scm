(atx_heading) @heading
(setext_heading) @heading
(html_block) @comment
