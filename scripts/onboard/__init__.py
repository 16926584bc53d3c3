"""Onboarding: a folder of files that nobody prepared → a commented `inputs.yml`.

`tables` reads what is there and `values` says what a column can be; `words` what a header means in
seven languages. `matching` reads one table as an input, `relations` finds which table is which,
`written` how its files are written, `money` which column is price, amount, discount and tax.
`proposal` puts all together, `questions` and `answering` hold what only the owner can say,
`writing` is the text of the file.
"""
