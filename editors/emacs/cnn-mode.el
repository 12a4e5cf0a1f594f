;;; cnn-mode.el --- Convolutional networks in .cnn files -*- lexical-binding: t -*-

;; The language server of cnnc for Emacs, with Eglot:
;;   (load "path/to/cnn-mode.el")
;;   (add-hook 'cnn-mode-hook #'eglot-ensure)

(defvar cnn-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 124b" table)
    (modify-syntax-entry ?* ". 23" table)
    (modify-syntax-entry ?\n "> b" table)
    (modify-syntax-entry ?_ "w" table)
    table))

(defvar cnn-font-lock-keywords
  `((,(regexp-opt '("import" "from" "as" "block" "network" "const" "train" "expect" "input" "output" "parallel" "path"
                    "repeat" "for" "in" "if" "else" "and" "or" "not")
                  'words)
     . font-lock-keyword-face)
    ("\\_<\\(?:block\\|network\\)\\s-+\\(\\w+\\)" 1 font-lock-function-name-face)
    ("\\_<const\\s-+\\(\\w+\\)" 1 font-lock-variable-name-face)
    ("\\_<\\(?:true\\|false\\)\\_>" . font-lock-constant-face)
    ("\\(\\w+\\):" 1 font-lock-variable-name-face)
    ("^\\s-*\\(\\w+\\)\\s-*=[^=]" 1 font-lock-variable-name-face)))

;;;###autoload
(define-derived-mode cnn-mode prog-mode "CNN"
  "Major mode for convolutional networks."
  (setq-local comment-start "// ")
  (setq-local comment-start-skip "//+\\s-*")
  (setq-local indent-tabs-mode nil)
  (setq-local tab-width 2)
  (setq-local font-lock-defaults '(cnn-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.cnn\\'" . cnn-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(cnn-mode . ("cnnc" "lsp" "--stdio"))))

(provide 'cnn-mode)
;;; cnn-mode.el ends here
