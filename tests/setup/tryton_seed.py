"""Puts into a fresh Tryton database what a hotel's administrator would: company, employee, currencies, countries.

Usage: tryton_seed.py CONFIG DATABASE. Runs inside the server's own interpreter; works on 6.0 and 8.2.
"""
import datetime
import sys
from decimal import Decimal

try:
    from trytond.config import config
except ImportError:
    from trytond import config

config.update_etc(sys.argv[1])

from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402

COUNTRIES = {
    'AT': 'Austria', 'BE': 'Belgium', 'CH': 'Switzerland', 'DE': 'Germany', 'ES': 'Spain', 'FR': 'France',
    'GB': 'United Kingdom', 'IE': 'Ireland', 'IT': 'Italy', 'NL': 'Netherlands', 'PT': 'Portugal',
    'SE': 'Sweden', 'US': 'United States',
}

Pool.start()
pool = Pool(sys.argv[2])
pool.init()
with Transaction().start(sys.argv[2], 0) as transaction:
    currency_model = pool.get('currency.currency')
    euro, dollar = currency_model.create([
        {'name': name, 'code': code, 'symbol': symbol, 'digits': 2, 'rounding': Decimal('0.01'),
            'rates': [('create', [{'date': datetime.date(2020, 1, 1), 'rate': Decimal('1')}])]}
        for name, code, symbol in [('Euro', 'EUR', '€'), ('US Dollar', 'USD', '$')]])
    pool.get('country.country').create([{'name': name, 'code': code} for code, name in COUNTRIES.items()])
    hotel, desk = pool.get('party.party').create([{'name': 'Hotel Example'}, {'name': 'Front Desk'}])
    company, = pool.get('company.company').create([{'party': hotel.id, 'currency': euro.id}])
    employee, = pool.get('company.employee').create([{'party': desk.id, 'company': company.id}])
    user_model = pool.get('res.user')
    values = {'company': company.id, 'employee': employee.id, 'employees': [('add', [employee.id])]}
    if 'companies' in user_model._fields:
        values['companies'] = [('add', [company.id])]
    admin, = user_model.search([('login', '=', 'admin')])
    user_model.write([admin], values)
    transaction.commit()
