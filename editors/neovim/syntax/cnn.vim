" Colours of .cnn files. Written by scripts/generate-vim-syntax.ts.
if exists('b:current_syntax') | finish | endif

syn match cnnSign '->\|\.\.\|[=!<>]=\|[-+*/%<>=]'
syn match cnnCall '\<\h\w*\ze('
syn match cnnStep '\.\@<!\<\%(abs\|adaptive_avg_pool\|adaptive_max_pool\|add\|attention\|avg_pool\|batch_norm\|celu\|channel_shuffle\|clip\|concat\|conv\|conv_transpose\|crop\|dense\|depthwise_conv\|div\|dropout\|elu\|erf\|exp\|flatten\|gelu\|global_avg_pool\|global_max_pool\|group_norm\|hard_sigmoid\|hard_swish\|identity\|instance_norm\|layer_norm\|leaky_relu\|local_response_norm\|log\|log_softmax\|lp_pool\|matmul\|maximum\|max_pool\|max_unpool\|minimum\|mish\|mul\|neg\|pad\|permute\|pixel_shuffle\|pixel_unshuffle\|pow\|prelu\|reciprocal\|reduce\|relu\|relu6\|reshape\|resize\|rms_norm\|roi_align\|roi_pool\|scale\|selu\|sigmoid\|silu\|slice\|softmax\|softplus\|softsign\|split\|sqrt\|sub\|tanh\|thresholded_relu\|to_image\|tokens\|transpose\|upsample\)\>\%(\s*=[^=]\)\@!'
syn match cnnBlock '\<\%(residual\|bottleneck\|resnext\|preact_residual\|preact_bottleneck\|inception\|inception_v3_a\|inception_v3_b\|inception_v3_c\|inception_v3_d\|inception_v3_e\|fire\|dense_layer\|dense_block\|transition\|inverted_residual\|mbconv\|fused_mbconv\|squeeze_excite\|channel_attention\|spatial_attention\|cbam\|shuffle_unit\|convnext\|self_attention\|encoder\|csp\|spp\|aspp\|fpn\|double_conv\|unet_stage\|conv_norm\|separable_conv\|conv_1d\)\>'
syn match cnnFunction '\<\%(len\|min\|max\|size\|floor\|ceil\)\ze('
syn match cnnAttribute '\<\h\w*\ze:'
syn match cnnLabel '^\s*\zs\h\w*\%(\s*,\s*\h\w*\)*\ze\s*=[^=]'
syn match cnnType '\%(:\s*[[(]*\)\@<=\<\%(int\|float\|bool\|string\|size\|block\)\>'
syn match cnnNumber '\<\d\w*\%(\.\d\w*\)\?\>'
syn keyword cnnKeyword import from as parallel path repeat for in if else input output
syn keyword cnnLogical and or not
syn keyword cnnBoolean true false
syn keyword cnnDeclares block network const train expect nextgroup=cnnName skipwhite
syn match cnnSoft '^\s*\zs\%(share\|learned\)\ze\s\+\h\w*\s*[=:]\|\<collect\ze\s\+\h\w*\s*{'
syn match cnnName '\h\w*' contained
syn region cnnString start='"' skip='\\.' end='"' oneline
syn match cnnComment '//.*$'
syn match cnnDoc '///\%([^/]\|$\).*$'
syn region cnnComment start='/\*' end='\*/'

hi def link cnnSign Operator
hi def link cnnCall Function
hi def link cnnStep Function
hi def link cnnBlock Function
hi def link cnnFunction Function
hi def link cnnAttribute Identifier
hi def link cnnLabel Identifier
hi def link cnnType Type
hi def link cnnNumber Number
hi def link cnnKeyword Keyword
hi def link cnnSoft Keyword
hi def link cnnLogical Operator
hi def link cnnBoolean Boolean
hi def link cnnDeclares Structure
hi def link cnnName Title
hi def link cnnString String
hi def link cnnComment Comment
hi def link cnnDoc SpecialComment

let b:current_syntax = 'cnn'
