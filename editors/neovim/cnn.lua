-- The language server of cnnc for Neovim 0.7 and later: put this file into ~/.config/nvim/plugin/.

local function command(folder)
  local own = folder .. '/node_modules/.bin/cnnc'
  return { vim.fn.executable(own) == 1 and own or 'cnnc', 'lsp', '--stdio' }
end

-- The folder of the project: the nearest above with a package.json or a repository, else the file's own.
local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ':p:h')
  local place = folder
  while true do
    for _, name in ipairs({ 'package.json', '.git' }) do
      if vim.loop.fs_stat(place .. '/' .. name) then return place end
    end
    local above = vim.fn.fnamemodify(place, ':h')
    if above == place then return folder end
    place = above
  end
end

local clients = {}

local function attach(buffer)
  local root = root_of(vim.api.nvim_buf_get_name(buffer))
  if not clients[root] then
    clients[root] = vim.lsp.start_client({
      name = 'cnnc',
      cmd = vim.g.cnnc_command or command(root),
      root_dir = root,
      on_exit = function() clients[root] = nil end,
    })
  end
  if clients[root] then vim.lsp.buf_attach_client(buffer, clients[root]) end
end

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  pattern = '*.cnn',
  callback = function() vim.bo.filetype = 'cnn' end,
})
vim.api.nvim_create_autocmd('FileType', {
  pattern = 'cnn',
  callback = function(event)
    vim.bo[event.buf].commentstring = '// %s'
    vim.bo[event.buf].shiftwidth = 2
    vim.bo[event.buf].expandtab = true
    attach(event.buf)
  end,
})
